-- The view was dropped for a change of the schema and never made again.
-- finds: schema.statement error daily_costs
-- exit: 1
DROP MATERIALIZED VIEW mv_daily_cost_summary;
