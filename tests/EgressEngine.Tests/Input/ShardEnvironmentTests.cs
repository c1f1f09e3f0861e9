using Egress.Input;

namespace Egress.Tests.Input;

public sealed class ShardEnvironmentTests
{
    [Theory]
    [InlineData("", null, null, 0, 1)]
    [InlineData("", 2, 4, 2, 4)]
    [InlineData("", null, 1, 0, 1)]
    // --array=0-15
    [InlineData("SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=15 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=16", null, null, 5, 16)]
    // --array=1-16
    [InlineData("SLURM_ARRAY_TASK_ID=16 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=16 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=16", null, null, 15, 16)]
    // --array=10-30:5
    [InlineData("SLURM_ARRAY_TASK_ID=25 SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_MAX=30 SLURM_ARRAY_TASK_STEP=5 SLURM_ARRAY_TASK_COUNT=5", null, null, 3, 5)]
    // --array=0-30:7, whose last task is 28: Slurm gives that as the largest.
    [InlineData("SLURM_ARRAY_TASK_ID=28 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=28 SLURM_ARRAY_TASK_STEP=7 SLURM_ARRAY_TASK_COUNT=5", null, null, 4, 5)]
    // --array=3: one task of what was a larger array, which says for itself which shard it is.
    [InlineData("SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=1", null, null, 0, 1)]
    [InlineData("SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=1 EGRESS_SHARD_COUNT=16", null, null, 3, 16)]
    // A parameter is stronger than the environment.
    [InlineData("SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=15 SLURM_ARRAY_TASK_COUNT=16", null, 1, 0, 1)]
    [InlineData("SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=15 SLURM_ARRAY_TASK_COUNT=16", 7, null, 7, 16)]
    [InlineData("SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=15 SLURM_ARRAY_TASK_COUNT=16", 1, 2, 1, 2)]
    // An indexed job.
    [InlineData("JOB_COMPLETION_INDEX=2 EGRESS_SHARD_COUNT=3", null, null, 2, 3)]
    [InlineData("JOB_COMPLETION_INDEX=2", null, 8, 2, 8)]
    [InlineData("EGRESS_SHARD_INDEX=1 EGRESS_SHARD_COUNT=2 JOB_COMPLETION_INDEX=7", null, null, 1, 2)]
    // A count alone, set for all jobs of a site, divides nothing.
    [InlineData("EGRESS_SHARD_COUNT=4", null, null, 0, 1)]
    public void The_shard_is_found(string environment, int? index, int? count, int expectedIndex, int expectedCount)
    {
        var shard = Environment(environment).Resolve(index, count);
        Assert.Equal((expectedIndex, expectedCount), (shard.Index, shard.Count));
    }

    [Theory]
    [InlineData("JOB_COMPLETION_INDEX=2", null, null, EgressErrorId.ShardInvalid)]
    [InlineData("", null, 4, EgressErrorId.ShardInvalid)]
    [InlineData("", 1, null, EgressErrorId.ShardInvalid)]
    [InlineData("", 4, 4, EgressErrorId.ShardInvalid)]
    // --array=1,3,7
    [InlineData("SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=3", null, null, EgressErrorId.ShardInvalid)]
    [InlineData("EGRESS_SHARD_INDEX=first EGRESS_SHARD_COUNT=2", null, null, EgressErrorId.EnvironmentInvalid)]
    [InlineData("EGRESS_SHARD_INDEX=2 EGRESS_SHARD_COUNT=2", null, null, EgressErrorId.ShardInvalid)]
    public void What_is_unclear_is_refused_and_never_guessed(string environment, int? index, int? count, string errorId)
    {
        var error = Assert.Throws<EgressException>(() => Environment(environment).Resolve(index, count));
        Assert.Equal((errorId, EgressErrorCategory.InvalidArgument), (error.ErrorId, error.Category));
        Assert.Contains("-Shard", error.Advice, StringComparison.Ordinal);
    }

    private static ShardEnvironment Environment(string settings)
    {
        var variables = settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('='))
            .ToDictionary(parts => parts[0], parts => parts[1]);
        return new ShardEnvironment(name => variables.GetValueOrDefault(name));
    }
}
