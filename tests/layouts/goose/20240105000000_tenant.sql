-- +goose Up
-- +goose ENVSUB ON
CREATE TABLE tenant_${TENANT} (id int PRIMARY KEY, name text NOT NULL DEFAULT '${TENANT}');
-- +goose ENVSUB OFF

-- +goose Down
-- +goose ENVSUB ON
DROP TABLE tenant_${TENANT};
-- +goose ENVSUB OFF
