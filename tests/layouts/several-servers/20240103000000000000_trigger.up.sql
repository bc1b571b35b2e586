SELECT this is for servers without triggers;
