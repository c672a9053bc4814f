module github.com/socle-sante/socle

go 1.26.0
