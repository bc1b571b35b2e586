CREATE TABLE accounts (id INT8 PRIMARY KEY DEFAULT unique_rowid(), FAMILY f (id));
