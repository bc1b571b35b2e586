-- An index for a search that was never built: every insert pays for it.
-- finds: schema.unused_index info public.idx_exploits_description
-- exit: 0
CREATE INDEX idx_exploits_description ON exploits (description);
