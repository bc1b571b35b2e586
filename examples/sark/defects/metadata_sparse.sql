-- finds: business.metadata_is_there warning metadata_is_there
-- exit: 0
UPDATE resources SET metadata = '{}' WHERE protocol = 'mcp' AND abs(('x' || substr(md5(id), 1, 6))::bit(24)::integer) % 10 < 7;
