-- finds: data.json_shapes warning public.capabilities(output_schema)
-- exit: 0
UPDATE capabilities SET output_schema = '[]' WHERE id LIKE 'http-%';
