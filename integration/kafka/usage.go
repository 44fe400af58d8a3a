package kafka

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// CPU is the user and system time that all processes of the container have had, as its cgroup counts it.
func (c *Container) CPU(ctx context.Context) (time.Duration, error) {
	engine, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return 0, fmt.Errorf("CPU time of %s: %w", Image, err)
	}
	defer func() { _ = engine.Close() }()
	stats, err := engine.ContainerStats(ctx, c.container.GetContainerID(), client.ContainerStatsOptions{})
	if err != nil {
		return 0, fmt.Errorf("CPU time of %s: %w", Image, err)
	}
	defer func() { _ = stats.Body.Close() }()
	var now container.StatsResponse
	if err := json.NewDecoder(stats.Body).Decode(&now); err != nil {
		return 0, fmt.Errorf("CPU time of %s: %w", Image, err)
	}
	return time.Duration(now.CPUStats.CPUUsage.TotalUsage), nil
}
