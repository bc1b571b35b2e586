-- finds: business.notes_are_short error notes_are_short
-- exit: 1
UPDATE process_data SET notes = repeat('가', 1001) WHERE id = 100;
