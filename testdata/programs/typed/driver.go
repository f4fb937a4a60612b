package main

import "database/sql/driver"

const dsn = "fake://pool"

// fake is a driver whose queries return rows without an end.
type fake struct{}

func (fake) Open(string) (driver.Conn, error)           { return fake{}, nil }
func (fake) Prepare(string) (driver.Stmt, error)        { return fake{}, nil }
func (fake) Close() error                               { return nil }
func (fake) Begin() (driver.Tx, error)                  { return nil, nil }
func (fake) NumInput() int                              { return 0 }
func (fake) Exec([]driver.Value) (driver.Result, error) { return nil, nil }
func (fake) Query([]driver.Value) (driver.Rows, error)  { return fake{}, nil }
func (fake) Columns() []string                          { return []string{"one"} }
func (fake) Next([]driver.Value) error                  { return nil }
