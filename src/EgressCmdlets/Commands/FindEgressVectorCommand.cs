using System.Management.Automation;
using Egress.Backend;
using Egress.Cmdlets.Completion;
using Egress.Cmdlets.Support;
using Egress.Devices;
using Egress.Models;
using Egress.Vectors;

namespace Egress.Cmdlets.Commands;

/// <summary>
/// <para>Finds the stored vectors that are nearest to a text, to a stored vector or to one that is given. The database answers; one object a match,
/// nearest first.</para>
/// </summary>
[Cmdlet(VerbsCommon.Find, "EgressVector", DefaultParameterSetName = TextSet)]
[OutputType(typeof(VectorMatch))]
public sealed class FindEgressVectorCommand : EgressCommand, IDisposable
{
    private const string TextSet = "Text";
    private const string IdSet = "Id";
    private const string VectorSet = "Vector";

    private IVectorSearch? _search;
    private QueryEncoder? _encoder;

    /// <summary>A text; it is encoded with the model that made the stored vectors.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = TextSet, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public string[] Text { get; set; } = [];

    /// <summary>The id of a stored vector, which is no match of its own.</summary>
    [Parameter(Mandatory = true, ParameterSetName = IdSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>A vector with as many elements as the stored ones.</summary>
    [Parameter(Mandatory = true, ParameterSetName = VectorSet)]
    [ValidateNotNullOrEmpty]
    public float[] Vector { get; set; } = [];

    /// <summary>The database: a folder or a DuckDB file, or postgresql://host/database.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>The table in it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Table { get; set; } = VectorDestination.DefaultTable;

    /// <summary>The user of a PostgreSQL server; without it, what the destination and the environment say.</summary>
    [Parameter]
    [Credential]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>The most matches.</summary>
    [Parameter]
    [ValidateRange(1, 100_000)]
    public int Top { get; set; } = 10;

    /// <summary>How near is measured.</summary>
    [Parameter]
    public VectorMetric Metric { get; set; } = VectorMetric.Cosine;

    /// <summary>The model that made the stored vectors, as Invoke-EmbeddingBatch was given it.</summary>
    [Parameter(ParameterSetName = TextSet)]
    [ArgumentCompleter(typeof(EncoderCompleter))]
    [ValidateNotNullOrEmpty]
    public string Model { get; set; } = BuiltInEncoders.Default;

    /// <summary>The tokenizer's folder or file; without it, the model's folder.</summary>
    [Parameter(ParameterSetName = TextSet)]
    [ValidateNotNullOrEmpty]
    public string? Tokenizer { get; set; }

    /// <summary>A safetensors file with the model's parameters, where the run was given one.</summary>
    [Parameter(ParameterSetName = TextSet)]
    [ValidateNotNullOrEmpty]
    public string? Weights { get; set; }

    /// <summary>Where to encode the text: cpu or cuda.</summary>
    [Parameter(ParameterSetName = TextSet)]
    [ArgumentCompleter(typeof(ComputingDeviceCompleter))]
    [ValidateNotNullOrEmpty]
    public string Device { get; set; } = "cpu";

    /// <summary>Lets the native code of a compiled package run without asking.</summary>
    [Parameter(ParameterSetName = TextSet)]
    public SwitchParameter AllowNativeCode { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _encoder?.Dispose();
        _search?.Dispose();
    }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _search = Do(() =>
    {
        var target = VectorTarget.Read(Destination, null, Table, Credential, FullPath);
        return IsDatabase(target)
            ? BackendLoader.Load().OpenVectorSearch(target)
            : throw new EgressException(
                EgressErrorId.VectorStoreInvalid, EgressErrorCategory.InvalidArgument, "Queries are answered by databases, and this destination is files.",
                "Name a DuckDB file, the folder with one, or a PostgreSQL server. Files can be read into DuckDB: FROM 'part-*.parquet'.", Destination);
    });

    /// <summary>Whether a destination may answer: a folder may have a database in it, or files alone.</summary>
    private static bool IsDatabase(VectorDestination target) => target.Format == VectorFormat.PostgreSql
        || (target.Format == VectorFormat.DuckDb && (File.Exists(target.Address) || !VectorStores.HoldsFiles(Path.GetDirectoryName(target.Address)!)));

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case TextSet:
                foreach (var text in Text)
                {
                    Answer(text, text, () => Encoder().Encode(text), null);
                }

                break;
            case IdSet:
                foreach (var id in Id)
                {
                    Answer(id, id, () => _search!.FindVector(id) ?? throw NotFound(id), id);
                }

                break;
            default:
                Answer(Vector, null, () => Vector, null);
                break;
        }
    }

    /// <summary>Answers one query; an error of one does not keep the others from being answered.</summary>
    private void Answer(object target, string? name, Func<float[]> vector, string? excludedId)
    {
        try
        {
            var query = vector();
            if (query.Length != _search!.Layout.Dimension)
            {
                throw new EgressException(
                    EgressErrorId.VectorQueryInvalid, EgressErrorCategory.InvalidArgument,
                    $"The query has {query.Length} elements, and the vectors in '{_search.Location}' have {_search.Layout.Dimension}.",
                    "Ask with a vector of the same model.", target);
            }

            WriteObject(_search.Nearest(query, Top, Metric, excludedId).Select(match => match with { Query = name }), enumerateCollection: true);
        }
        catch (EgressException error)
        {
            WriteError(ErrorRecords.From(error));
        }
    }

    /// <summary>The encoder of texts, opened with the first one. That it is another than made the stored vectors ends the command.</summary>
    private QueryEncoder Encoder() => _encoder ??= Do(() => QueryEncoder.Open(
        this, _search!, new EmbeddingModelOptions { Model = Model, WeightsPath = OptionalPath(Weights) }, OptionalPath(Tokenizer), DeviceSpec.Parse(Device),
        AllowNativeCode));

    private ItemException NotFound(string id) => new(
        EgressErrorId.VectorNotFound, EgressErrorCategory.ObjectNotFound, $"'{_search!.Location}' has no vector of the id '{id}'.",
        "Check the id; -Table names another table.", id);
}
