using Egress.Models;
using Egress.Pipeline;
using Egress.Vectors;

namespace Egress.Embedding;

/// <summary>Stores each batch's vectors together, or only reads them where nothing is to be stored.</summary>
/// <param name="options">What is to be done.</param>
/// <param name="layout">How vectors lie in memory.</param>
/// <param name="store">Takes the vectors, or null.</param>
internal sealed class EmbeddingWriter(EmbeddingOptions options, VectorLayout layout, IVectorStore? store)
    : IOutputProcessor<EmbeddingItem, EmbeddingBatchResult>
{
    /// <inheritdoc/>
    public void Process(OutputBatch<EmbeddingItem, EmbeddingBatchResult> batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var slots = Enumerable.Range(0, batch.Count).Where(batch.IsLoaded).ToList();
        if (slots.Count == 0)
        {
            return;
        }

        var rows = new VectorBatch(layout, [.. slots.Select(slot => Row(batch.Item(slot), batch.OutputMemory(slot)))]);
        var commit = store?.Write(rows, cancellationToken);
        if (store is null)
        {
            slots.ForEach(slot => WorkerCache.ReadAll(batch.Output(slot)));
        }

        var result = Result(batch, rows, slots, commit);
        slots.ForEach(slot => batch.Complete(slot, result));
    }

    private VectorRow Row(EmbeddingItem item, ReadOnlyMemory<byte> output) => new(
        item.Key.Id, item.Key.TextHash, options.StoresTexts ? item.Text ?? "" : null, VectorCount(item, output.Length), output);

    /// <summary>A picture's patches, which nobody counted, fill its output; a sequence has a vector for each of its tokens.</summary>
    private int VectorCount(EmbeddingItem item, int bytes) =>
        !layout.IsTokenLevel ? 1 : item.Path is null ? item.TokenCount : bytes / layout.VectorBytes;

    private EmbeddingBatchResult Result(
        OutputBatch<EmbeddingItem, EmbeddingBatchResult> batch, VectorBatch rows, List<int> slots, VectorCommit? commit)
    {
        var tokens = slots.Sum(slot => (long)batch.Item(slot).TokenCount);
        var longest = slots.Max(slot => batch.Item(slot).TokenCount);
        return new EmbeddingBatchResult
        {
            Batch = batch.Index,
            Status = commit is null ? EmbeddingStatus.Processed : EmbeddingStatus.Written,

            // Arrays, because scripts index them, which PowerShell cannot do with the compiler's own read-only lists.
            Ids = rows.Rows.Select(row => row.Id).ToArray(),
            Location = commit?.Location,
            Dimension = layout.Dimension,
            TokenCount = tokens,
            PaddingShare = longest == 0 ? 0 : 1 - ((double)tokens / ((long)longest * slots.Count)),
            OutputBytes = commit?.Bytes ?? rows.Rows.Sum(row => (long)row.VectorCount * layout.VectorBytes),
            Device = batch.Device,
            Vectors = options.PassesVectors ? rows.Rows.Select(Elements).ToArray() : null,
        };
    }

    private float[] Elements(VectorRow row)
    {
        var elements = new float[row.VectorCount * layout.Dimension];
        for (var vector = 0; vector < row.VectorCount; vector++)
        {
            VectorElements.Read(
                layout, row.Data.Span.Slice(vector * layout.VectorBytes, layout.VectorBytes), elements.AsSpan(vector * layout.Dimension));
        }

        return elements;
    }
}
