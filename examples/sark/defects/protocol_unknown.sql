-- finds: data.allowed_values warning public.resources(protocol)
-- exit: 0
UPDATE resources SET protocol = 'ftp' WHERE id = (SELECT min(id) FROM resources WHERE protocol = 'grpc');
