using System.Globalization;

namespace Egress.Input;

/// <summary>
/// Finds out which shard a run is: from its parameters, else from the two variables of Egress's own, else from the job array or the
/// indexed job that a scheduler has started it in.
/// </summary>
public sealed class ShardEnvironment
{
    private const string OwnIndex = "EGRESS_SHARD_INDEX";
    private const string OwnCount = "EGRESS_SHARD_COUNT";
    private const string SlurmIndex = "SLURM_ARRAY_TASK_ID";
    private const string KubernetesIndex = "JOB_COMPLETION_INDEX";

    private readonly Func<string, string?> _variable;

    /// <param name="variable">Gives environment variables, or null for the process's.</param>
    public ShardEnvironment(Func<string, string?>? variable = null) => _variable = variable ?? Environment.GetEnvironmentVariable;

    /// <summary>Finds the assignment.</summary>
    /// <param name="index">-ShardIndex, or null where it was not given.</param>
    /// <param name="count">-ShardCount, likewise; 1 does not divide the work, whatever the environment says.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ShardInvalid"/> or <see cref="EgressErrorId.EnvironmentInvalid"/>.</exception>
    public ShardAssignment Resolve(int? index, int? count)
    {
        if (count == 1 && index is null or 0)
        {
            return ShardAssignment.Whole;
        }

        if (index is { } given && count is { } all)
        {
            return ShardAssignment.Of(given, all, "parameters");
        }

        var (foundIndex, foundCount, source) = Find();
        if ((index ?? foundIndex) is not { } shard)
        {
            return count is null
                ? ShardAssignment.Whole
                : throw Missing($"The work is divided into {count} shards, and nothing says which one this is.", "Name it with -ShardIndex", count);
        }

        if ((count ?? foundCount) is not { } shards)
        {
            throw Missing(
                string.Create(CultureInfo.InvariantCulture, $"This is shard {shard} ({(index is null ? source : "-ShardIndex")}), and nothing says of how many."),
                $"Name the number with -ShardCount or the variable {OwnCount}; 1 does not divide the work", shard);
        }

        return ShardAssignment.Of(shard, shards, index is null ? source : "parameters");
    }

    private (int? Index, int? Count, string Source) Find()
    {
        var ownCount = Number(OwnCount);
        if (Number(OwnIndex) is { } own)
        {
            return (own, ownCount, OwnIndex);
        }

        if (Number(SlurmIndex) is { } task)
        {
            return Slurm(task, ownCount);
        }

        return (Number(KubernetesIndex), ownCount, KubernetesIndex);
    }

    /// <summary>An array is numbered as its user likes, 1-16 or 0-30:2; its place in the array is the shard.</summary>
    private (int? Index, int? Count, string Source) Slurm(int task, int? ownCount)
    {
        var first = Number("SLURM_ARRAY_TASK_MIN") ?? 0;
        var last = Number("SLURM_ARRAY_TASK_MAX");
        var step = Math.Max(1, Number("SLURM_ARRAY_TASK_STEP") ?? 1);
        var count = Number("SLURM_ARRAY_TASK_COUNT");
        if (ownCount is null && last is { } end && count is { } tasks && first + ((long)(tasks - 1) * step) != end)
        {
            throw new EgressException(
                EgressErrorId.ShardInvalid,
                EgressErrorCategory.InvalidArgument,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"This is task {task} of a Slurm array of {tasks} tasks from {first} to {end}, which leaves numbers out: its place among them is not known."),
                $"Number the array without gaps, or say which shard each task is with -ShardIndex and -ShardCount, or with {OwnCount} where the task's number is the shard's.",
                task);
        }

        return ownCount is null ? ((task - first) / step, count, SlurmIndex) : (task, ownCount, SlurmIndex);
    }

    private int? Number(string name)
    {
        var text = _variable(name);
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new EgressException(
                EgressErrorId.EnvironmentInvalid, EgressErrorCategory.InvalidArgument, $"The variable {name} is '{text}' and not a number.",
                "Correct it, or name the shard with -ShardIndex and -ShardCount.", name);
    }

    private static EgressException Missing(string message, string advice, object target) => new(
        EgressErrorId.ShardInvalid, EgressErrorCategory.InvalidArgument, message,
        $"{advice}. In a Slurm array it is taken from {SlurmIndex}, in an indexed job of Kubernetes from {KubernetesIndex}.", target);
}
