-- finds: business.results_come_at_the_end error results_come_at_the_end
-- exit: 1
UPDATE process_data SET result = 'REWORK', notes = '현장에서 수정' WHERE id = (SELECT max(id) FROM process_data WHERE completed_at IS NULL);
