SELECT likewise;
