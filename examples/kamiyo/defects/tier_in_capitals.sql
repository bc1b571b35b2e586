-- finds: data.allowed_values error public.users(tier)
-- also: data.value_variants warning public.users(tier)
-- exit: 1
UPDATE users SET tier = upper(tier) WHERE id % 100 = 3;
