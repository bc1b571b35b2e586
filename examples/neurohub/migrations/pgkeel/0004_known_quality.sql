-- pgkeel:up
-- quality_status takes what it was meant to take. Values in another spelling are rewritten, unknown ones become NULL;
-- each is kept as it was found, for the way back and for people to look at.
CREATE TABLE quality_status_as_found (
    table_name text NOT NULL,
    id bigint NOT NULL,
    quality_status varchar(20) NOT NULL,
    PRIMARY KEY (table_name, id)
);
INSERT INTO quality_status_as_found
    SELECT 'wip_items', id, quality_status FROM wip_items WHERE quality_status NOT IN ('pass', 'fail', 'rework')
    UNION ALL
    SELECT 'serials', id, quality_status FROM serials WHERE quality_status NOT IN ('pass', 'fail', 'rework')
    UNION ALL
    SELECT 'wip_process_history', id, quality_status FROM wip_process_history
     WHERE quality_status NOT IN ('pass', 'fail', 'rework');
UPDATE wip_items SET quality_status = CASE WHEN lower(btrim(quality_status)) IN ('pass', 'fail', 'rework')
                                           THEN lower(btrim(quality_status)) END
 WHERE quality_status NOT IN ('pass', 'fail', 'rework');
UPDATE serials SET quality_status = CASE WHEN lower(btrim(quality_status)) IN ('pass', 'fail', 'rework')
                                         THEN lower(btrim(quality_status)) END
 WHERE quality_status NOT IN ('pass', 'fail', 'rework');
UPDATE wip_process_history SET quality_status = CASE WHEN lower(btrim(quality_status)) IN ('pass', 'fail', 'rework')
                                                     THEN lower(btrim(quality_status)) END
 WHERE quality_status NOT IN ('pass', 'fail', 'rework');
-- pgkeel:step
-- pgkeel:allow=L077 "it was never false"
ALTER TABLE wip_items
    DROP CONSTRAINT ck_wip_items_quality_status,
    ADD CONSTRAINT ck_wip_items_quality_status CHECK (quality_status IN ('pass', 'fail', 'rework')) NOT VALID;
-- pgkeel:step
-- pgkeel:allow=L077 "it was never false"
ALTER TABLE serials
    DROP CONSTRAINT ck_serials_quality_status,
    ADD CONSTRAINT ck_serials_quality_status CHECK (quality_status IN ('pass', 'fail', 'rework')) NOT VALID;
-- pgkeel:step
-- pgkeel:allow=L077 "it was never false"
ALTER TABLE wip_process_history
    DROP CONSTRAINT ck_wip_process_history_quality_status,
    ADD CONSTRAINT ck_wip_process_history_quality_status
        CHECK (quality_status IN ('pass', 'fail', 'rework')) NOT VALID;
-- pgkeel:step
ALTER TABLE wip_items VALIDATE CONSTRAINT ck_wip_items_quality_status;
ALTER TABLE serials VALIDATE CONSTRAINT ck_serials_quality_status;
ALTER TABLE wip_process_history VALIDATE CONSTRAINT ck_wip_process_history_quality_status;

-- pgkeel:down
ALTER TABLE wip_items
    DROP CONSTRAINT ck_wip_items_quality_status,
    ADD CONSTRAINT ck_wip_items_quality_status CHECK (quality_status IN ('pass', 'fail', 'rework', NULL)) NOT VALID;
ALTER TABLE serials
    DROP CONSTRAINT ck_serials_quality_status,
    ADD CONSTRAINT ck_serials_quality_status CHECK (quality_status IN ('pass', 'fail', 'rework', NULL)) NOT VALID;
ALTER TABLE wip_process_history
    DROP CONSTRAINT ck_wip_process_history_quality_status,
    ADD CONSTRAINT ck_wip_process_history_quality_status
        CHECK (quality_status IN ('pass', 'fail', 'rework', NULL)) NOT VALID;
-- pgkeel:step
ALTER TABLE wip_items VALIDATE CONSTRAINT ck_wip_items_quality_status;
ALTER TABLE serials VALIDATE CONSTRAINT ck_serials_quality_status;
ALTER TABLE wip_process_history VALIDATE CONSTRAINT ck_wip_process_history_quality_status;
-- pgkeel:step
UPDATE wip_items AS w SET quality_status = f.quality_status
  FROM quality_status_as_found AS f WHERE f.table_name = 'wip_items' AND f.id = w.id;
UPDATE serials AS s SET quality_status = f.quality_status
  FROM quality_status_as_found AS f WHERE f.table_name = 'serials' AND f.id = s.id;
UPDATE wip_process_history AS h SET quality_status = f.quality_status
  FROM quality_status_as_found AS f WHERE f.table_name = 'wip_process_history' AND f.id = h.id;
DROP TABLE quality_status_as_found;
