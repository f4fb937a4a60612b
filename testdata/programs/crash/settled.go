package main

import "strings"

// settled says whether all goroutines but the first of a dump wait.
func settled(dump string) bool {
	blocks := strings.Split(dump, "\n\n")
	for _, block := range blocks[1:] {
		if strings.Contains(block, " [running") || strings.Contains(block, " [runnable") {
			return false
		}
	}
	return len(blocks) > 3
}
