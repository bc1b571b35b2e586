CREATE TABLE `accounts` (`id` INT PRIMARY KEY, `state` ENUM('active', 'closed')) ENGINE=InnoDB;
