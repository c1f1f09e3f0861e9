namespace Egress.Vectors;

/// <summary>The form in which vectors are stored.</summary>
public enum VectorFormat
{
    /// <summary>Nothing is stored; every byte is read.</summary>
    None,

    /// <summary>A DuckDB database: the embedded default.</summary>
    DuckDb,

    /// <summary>A table in PostgreSQL, with pgvector's types where the extension is there.</summary>
    PostgreSql,

    /// <summary>Parquet files, one a batch.</summary>
    Parquet,

    /// <summary>Arrow IPC files, one a batch.</summary>
    Arrow,

    /// <summary>NumPy's array files, for each batch one with its vectors and one with its ids.</summary>
    Npy,
}
