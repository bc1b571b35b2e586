-- finds: schema.statement error get_source_health
-- exit: 1
DROP VIEW v_source_health;
