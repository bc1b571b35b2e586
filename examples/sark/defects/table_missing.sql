-- finds: schema.table_missing critical public.federation_nodes
-- exit: 2
DROP TABLE federation_nodes;
