using Egress.Backend.Sequences;
using Egress.Backend.Vectors.DuckDb;
using Egress.Backend.Vectors.Files;
using Egress.Backend.Vectors.PostgreSql;
using Egress.Input;
using Egress.Vectors;

namespace Egress.Backend;

/// <content>Files with columns, and stores of vectors. Each library loads with the first use of what it is for.</content>
public sealed partial class TorchBackend
{
    /// <inheritdoc/>
    public IEnumerable<SequenceRow> ReadRows(string path, string textColumn, string? idColumn)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(textColumn);
        return Path.GetExtension(path).Equals(".parquet", StringComparison.OrdinalIgnoreCase)
            ? ParquetRows.Read(path, textColumn, idColumn)
            : CsvRows.Read(path, textColumn, idColumn);
    }

    /// <inheritdoc/>
    public IVectorEncoder VectorEncoder(VectorFormat format) => format switch
    {
        VectorFormat.Parquet => new ParquetVectorEncoder(),
        VectorFormat.Arrow => new ArrowVectorEncoder(),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    /// <inheritdoc/>
    public IVectorStore OpenVectorDatabase(VectorStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Destination.Format switch
        {
            VectorFormat.DuckDb => new DuckDbVectorStore(options),
            VectorFormat.PostgreSql => new PostgreSqlVectorStore(options),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Destination.Format, null),
        };
    }

    /// <inheritdoc/>
    public IVectorSearch OpenVectorSearch(VectorDestination destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return destination.Format switch
        {
            VectorFormat.DuckDb => new DuckDbVectorSearch(destination),
            VectorFormat.PostgreSql => new PostgreSqlVectorSearch(destination),
            _ => throw new ArgumentOutOfRangeException(nameof(destination), destination.Format, null),
        };
    }
}
