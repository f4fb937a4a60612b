module gopeek.test/programs

go 1.19
