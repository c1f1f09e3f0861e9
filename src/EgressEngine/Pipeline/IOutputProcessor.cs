namespace Egress.Pipeline;

/// <summary>
/// Processes and stores outputs. Many workers call it at once, each with items of its own: a batch, or a part of one. An item's outcome is set as soon as
/// its output is committed, so that whatever ends the run afterwards, the item is reported.
/// </summary>
/// <typeparam name="TItem">What the run is over.</typeparam>
/// <typeparam name="TResult">What comes out for each item.</typeparam>
public interface IOutputProcessor<TItem, TResult>
{
    /// <summary>Processes some items of one batch.</summary>
    /// <param name="batch">The items; their memory belongs to the caller again when this returns.</param>
    /// <param name="cancellationToken">Cancelled when the run ends early: stop between two items.</param>
    /// <exception cref="ItemException">Never: an item's error goes to <see cref="OutputBatch{TItem, TResult}.Fail"/>. Any
    /// exception ends the run.</exception>
    void Process(OutputBatch<TItem, TResult> batch, CancellationToken cancellationToken);
}
