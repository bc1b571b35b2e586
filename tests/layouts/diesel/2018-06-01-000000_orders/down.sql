DELETE FROM accounts;
DROP TABLE orders;
