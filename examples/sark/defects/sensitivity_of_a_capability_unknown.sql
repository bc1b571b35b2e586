-- The business checks of the original look at resources only.
-- finds: data.allowed_values error public.capabilities(sensitivity_level)
-- exit: 1
UPDATE capabilities SET sensitivity_level = 'secret' WHERE id = (SELECT min(id) FROM capabilities);
