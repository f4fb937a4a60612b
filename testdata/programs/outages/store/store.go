package store

import "database/sql"

// Store is where the orders are.
type Store struct{ DB *sql.DB }

// Open opens the database at an address, with at most so many connections.
func Open(address string, connections int) (*Store, error) {
	db, err := sql.Open("lines", address)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return &Store{DB: db}, nil
}

// Price asks for one price.
func (s *Store) Price() (price string, err error) {
	err = s.DB.QueryRow("select price").Scan(&price)
	return price, err
}

// Any is true if there is a price. It forgets to close the rows.
func (s *Store) Any() (bool, error) {
	rows, err := s.DB.Query("select price")
	if err != nil {
		return false, err
	}
	return rows.Next(), nil
}

// Move asks for a price within a transaction, over a second connection.
func (s *Store) Move(begun func()) error {
	tx, err := s.DB.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	begun()
	if _, err := s.Price(); err != nil {
		return err
	}
	return tx.Commit()
}
