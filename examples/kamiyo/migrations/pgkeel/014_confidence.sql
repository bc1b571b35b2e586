-- pgkeel:up
-- Constant defaults: no row is read or written. The index by date that came with them is idx_exploits_timestamp.
ALTER TABLE exploits
    ADD COLUMN confidence_score integer DEFAULT 0,
    ADD COLUMN source_count integer DEFAULT 1,
    ADD COLUMN verified_on_chain boolean DEFAULT false;
-- pgkeel:step
-- What an earlier way down has put aside comes back.
DO $$
BEGIN
    IF to_regclass('exploits_confidence_of_014') IS NOT NULL THEN
        UPDATE exploits AS e
           SET confidence_score = c.confidence_score, source_count = c.source_count,
               verified_on_chain = c.verified_on_chain
          FROM exploits_confidence_of_014 AS c
         WHERE c.id = e.id;
        DROP TABLE exploits_confidence_of_014;
    END IF;
END;
$$;

-- pgkeel:down
-- What was found out about an exploit is put aside.
CREATE TABLE exploits_confidence_of_014 AS
    SELECT id, confidence_score, source_count, verified_on_chain
      FROM exploits
     WHERE (confidence_score, source_count, verified_on_chain) IS DISTINCT FROM (0, 1, false);
ALTER TABLE exploits DROP COLUMN confidence_score, DROP COLUMN source_count, DROP COLUMN verified_on_chain;
