-- finds: business.budgets_add_up error budgets_add_up
-- exit: 1
UPDATE principal_budgets SET monthly_spent = monthly_spent - 0.0001 WHERE principal_id = 'user-1';
