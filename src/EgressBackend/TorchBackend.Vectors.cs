using Egress.Input;
using Egress.Vectors;

namespace Egress.Backend;

/// <content>Files with columns, and stores of vectors.</content>
public sealed partial class TorchBackend
{
    /// <inheritdoc/>
    public IEnumerable<SequenceRow> ReadRows(string path, string textColumn, string? idColumn) => throw new NotImplementedException();

    /// <inheritdoc/>
    public IVectorEncoder VectorEncoder(VectorFormat format) => throw new NotImplementedException();

    /// <inheritdoc/>
    public IVectorStore OpenVectorDatabase(VectorStoreOptions options) => throw new NotImplementedException();

    /// <inheritdoc/>
    public IVectorSearch OpenVectorSearch(VectorDestination destination) => throw new NotImplementedException();
}
