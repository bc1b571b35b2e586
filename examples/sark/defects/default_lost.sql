-- finds: schema.column_default error public.resources(sensitivity_level)
-- exit: 1
ALTER TABLE resources ALTER COLUMN sensitivity_level DROP DEFAULT;
