-- Tables that an ORM made hold the names of the members, 'MEDIUM', and not their values.
-- finds: data.allowed_values error public.resources(sensitivity_level)
-- also: data.value_variants warning public.resources(sensitivity_level)
-- exit: 1
UPDATE resources SET sensitivity_level = upper(sensitivity_level) WHERE id IN (SELECT id::text FROM mcp_servers ORDER BY id LIMIT 40);
