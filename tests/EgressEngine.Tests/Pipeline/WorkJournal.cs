using System.Collections.Concurrent;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>
/// What the loaders and processors of a run have really done, item by item, to hold what the run reports against.
/// </summary>
internal sealed class WorkJournal
{
    private readonly ConcurrentQueue<long> _completed = new();
    private readonly ConcurrentQueue<long> _failed = new();

    /// <summary>The item's output was committed.</summary>
    public void Completed(long number) => _completed.Enqueue(number);

    /// <summary>The item was given an error.</summary>
    public void Failed(long number) => _failed.Enqueue(number);

    /// <summary>
    /// Fails unless exactly what was done is reported: once, in input order, each with its own content.
    /// </summary>
    /// <param name="outcomes">What is reported.</param>
    /// <param name="context">What the run was, for the failure's message.</param>
    /// <param name="isDone">Whether an item was submitted with its outcome, so that nobody worked on it.</param>
    public void AssertReported(
        IReadOnlyList<ItemOutcome<MarkedItem, bool>> outcomes, string context, Func<long, bool>? isDone = null)
    {
        for (var i = 1; i < outcomes.Count; i++)
        {
            Assert.True(
                outcomes[i - 1].Item.Number < outcomes[i].Item.Number,
                $"Item {outcomes[i].Item.Number} comes after item {outcomes[i - 1].Item.Number}. {context}");
        }

        foreach (var outcome in outcomes)
        {
            Assert.True(outcome.Error is not null || outcome.Result, $"Item {outcome.Item.Number} has the wrong content. {context}");
        }

        var worked = outcomes.Where(outcome => isDone?.Invoke(outcome.Item.Number) != true).ToList();
        AssertSame(_completed, worked.Where(outcome => outcome.Error is null), "completed", context);
        AssertSame(_failed, worked.Where(outcome => outcome.Error is not null), "failed", context);
    }

    private static void AssertSame(
        IEnumerable<long> done, IEnumerable<ItemOutcome<MarkedItem, bool>> reported, string what, string context)
    {
        var expected = done.Order().ToList();
        var actual = reported.Select(outcome => outcome.Item.Number).ToList();
        Assert.True(
            expected.SequenceEqual(actual),
            $"{expected.Count} items {what} and {actual.Count} are reported as such; not reported: "
            + $"{string.Join(' ', expected.Except(actual))}; never {what}: {string.Join(' ', actual.Except(expected))}. {context}");
    }
}
