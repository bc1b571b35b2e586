-- finds: schema.role_missing error factory_report
-- after: ALTER ROLE factory_reports RENAME TO factory_report
-- exit: 1
ALTER ROLE factory_report RENAME TO factory_reports;
