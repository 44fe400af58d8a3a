package main

import (
	"context"
	"strings"
	"time"
)

// lookMax bounds one look at the transactions, which no broker may answer.
const lookMax = time.Second

// open tells whether the broker has an open transaction of a transactional id; of any worker where id is empty.
func (a *arena) open(ctx context.Context, id string) bool {
	ctx, cancel := context.WithTimeout(ctx, lookMax)
	defer cancel()
	listed, err := a.admin.ListTransactions(ctx, nil, []string{"Ongoing"})
	if err != nil && len(listed) == 0 {
		return false
	}
	for found := range listed {
		if found == id || id == "" && strings.HasPrefix(found, group+".") {
			return true
		}
	}
	return false
}

// aimMax is how long a fault waits for a transaction to hit.
const aimMax = 3 * time.Second

// aim waits until a transaction of id is open.
func (a *arena) aim(ctx context.Context, id string) bool {
	for until := time.Now().Add(aimMax); time.Now().Before(until); time.Sleep(time.Millisecond) {
		if a.open(ctx, id) {
			return true
		}
	}
	return false
}
