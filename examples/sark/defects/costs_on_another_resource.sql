-- finds: business.costs_are_of_their_resource error costs_are_of_their_resource
-- exit: 1
UPDATE cost_tracking SET resource_id = (SELECT max(id) FROM resources) WHERE id = 5;
