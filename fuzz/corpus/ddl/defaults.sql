CREATE TABLE t(a /* one */ int DEFAULT (datetime('now')), -- two
 b DEFAULT x'00ff', c DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY(a, b DESC) UNIQUE(c))