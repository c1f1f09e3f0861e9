namespace Egress.Vectors;

/// <summary>
/// A place that vectors are committed to, a batch at a time: all rows of a batch are stored, or none. A row is keyed by its id, so that
/// however often runs are killed and repeated, each sequence is there once. One thread asks; any number of threads write.
/// Failures of the place come as <see cref="EgressException"/>, without credentials in their texts.
/// </summary>
public interface IVectorStore : IDisposable
{
    /// <summary>What the store is of, without credentials.</summary>
    string Location { get; }

    /// <summary>Tells what is there of some sequences. Of ids that this run has committed it need not know.</summary>
    /// <param name="keys">The sequences.</param>
    /// <returns>One state a key, in their order.</returns>
    IReadOnlyList<StoredState> Find(IReadOnlyList<SequenceKey> keys);

    /// <summary>Stores a batch; what is there under its rows' ids is replaced.</summary>
    /// <param name="batch">The batch; its memory may not be touched after the return.</param>
    /// <param name="cancellationToken">Cancelled when the run ends early: what is not committed then is undone.</param>
    VectorCommit Write(VectorBatch batch, CancellationToken cancellationToken);

    /// <summary>The run has ended by itself: everything is made durable. Later calls do nothing.</summary>
    void Complete();
}
