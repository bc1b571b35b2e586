-- finds: business.current_versions_are_their_own error current_versions_are_their_own
-- exit: 1
UPDATE policies SET current_version_id = (SELECT v.id FROM policy_versions AS v JOIN policies AS p ON p.id = v.policy_id
                                           WHERE p.name = 'policy-2' AND v.version = 3) WHERE name = 'policy-1';
