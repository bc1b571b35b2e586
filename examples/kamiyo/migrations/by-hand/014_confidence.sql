ALTER TABLE exploits ADD COLUMN confidence_score integer DEFAULT 0;
ALTER TABLE exploits ADD COLUMN source_count integer DEFAULT 1;
ALTER TABLE exploits ADD COLUMN verified_on_chain boolean DEFAULT false;
-- There is no column "date".
CREATE INDEX idx_exploits_date ON exploits (date);
