namespace Egress.Backend.Vectors.PostgreSql;

/// <summary>The kinds of columns that vectors are stored in. The names are in the stores' records.</summary>
internal enum PostgreSqlVectorType
{
    /// <summary>pgvector's <c>vector</c>.</summary>
    Vector,

    /// <summary>pgvector's <c>halfvec</c>.</summary>
    HalfVector,

    /// <summary>An array of <c>real</c>.</summary>
    Reals,

    /// <summary>An array of <c>smallint</c>, with a scale.</summary>
    SmallInts,
}
