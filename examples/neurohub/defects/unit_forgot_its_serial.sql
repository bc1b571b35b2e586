-- finds: business.units_and_serials_name_each_other error units_and_serials_name_each_other
-- exit: 1
UPDATE wip_items SET status = 'COMPLETED', serial_id = NULL WHERE id = 30;
