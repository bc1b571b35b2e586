-- finds: business.count error public.processes
-- exit: 1
UPDATE processes SET is_active = false WHERE process_number = 5;
