-- finds: business.notes_are_short error public.process_data
-- exit: 1
UPDATE process_data SET notes = repeat('가', 1001) WHERE id = 100;
