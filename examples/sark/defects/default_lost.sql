-- finds: schema.column_default warning public.resources(sensitivity_level)
-- exit: 0
ALTER TABLE resources ALTER COLUMN sensitivity_level DROP DEFAULT;
