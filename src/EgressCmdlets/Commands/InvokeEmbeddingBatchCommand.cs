using System.Management.Automation;
using Egress.Cmdlets.Completion;
using Egress.Cmdlets.Support;
using Egress.Embedding;
using Egress.Models;
using Egress.Models.Programs;
using Egress.Vectors;

namespace Egress.Cmdlets.Commands;

/// <summary>
/// <para>Runs an encoder over sequences or pictures and stores their vectors, a batch at a time. Work starts as sequences arrive; one object
/// a batch streams out as its vectors are committed.</para>
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "EmbeddingBatch", DefaultParameterSetName = InputSet, SupportsShouldProcess = true)]
[OutputType(typeof(EmbeddingBatchResult))]
public sealed partial class InvokeEmbeddingBatchCommand : RunCommand
{
    private const string InputSet = "Input";
    private const string TextSet = "Text";
    private const string FileSet = "File";
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string SyntheticSet = "Synthetic";

    private EmbeddingOptions _options = new();
    private EmbeddingLanes? _lanes;
    private EmbeddingRun? _run;
    private ProgramFile? _program;
    private bool? _isAllowed;

    /// <summary>
    /// What the pipeline brings: a text; an object or a dictionary with Text and, if it has one, Id; or a file with sequences or of a picture.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = InputSet, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <summary>Sequences: texts.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = TextSet, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string[] Text { get; set; } = [];

    /// <summary>Each sequence's id, by which its vector is stored; without one, 16 digits of a hash of the text.</summary>
    [Parameter(ParameterSetName = InputSet)]
    [Parameter(ParameterSetName = TextSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>Files with sequences: .txt with one a line, .jsonl, .csv or .parquet; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FileSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] SequencePath { get; set; } = [];

    /// <summary>The column or property with the texts.</summary>
    [Parameter(ParameterSetName = InputSet)]
    [Parameter(ParameterSetName = FileSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateNotNullOrEmpty]
    public string TextColumn { get; set; } = "text";

    /// <summary>The column or property with the ids; without it they are the file's path, as it was named, and the row: notes.csv:17.</summary>
    [Parameter(ParameterSetName = InputSet)]
    [Parameter(ParameterSetName = FileSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateNotNullOrEmpty]
    public string? IdColumn { get; set; }

    /// <summary>Picture files, for a program that is an image encoder; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files with sequences or pictures, the names taken as they are; a name's end says which it is.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Number of sequences of random tokens to use instead, all of the greatest length.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SyntheticSet)]
    [ValidateRange(1, long.MaxValue)]
    public long Synthetic { get; set; }

    /// <summary>
    /// The name of a built-in encoder, a folder with config.json, model.safetensors and the tokenizer's files, or a file with a whole
    /// program: TorchScript (.pt) or a compiled package (.pt2).
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(EncoderCompleter))]
    [ValidateNotNullOrEmpty]
    public string Model { get; set; } = BuiltInEncoders.Default;

    /// <summary>The tokenizer's folder or file; without it, the model's folder.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Tokenizer { get; set; }

    /// <summary>The most tokens of a sequence, with those that the tokenizer adds; longer ones are cut. Without it, as many as the model takes.</summary>
    [Parameter]
    [ValidateRange(1, Limits.Tokens)]
    public int MaxLength { get; set; }

    /// <summary>Side of the square that pictures are resized to, in pixels.</summary>
    [Parameter]
    [ValidateRange(Limits.ShortestSide, Limits.LongestSide)]
    public int ImageSize { get; set; } = 224;

    /// <summary>What of the last hidden states becomes the vector; None keeps one vector a token.</summary>
    [Parameter]
    public VectorPooling Pooling { get; set; } = VectorPooling.Mean;

    /// <summary>Scales vectors to a length of 1.</summary>
    [Parameter]
    public SwitchParameter Normalize { get; set; }

    /// <summary>The form in which vectors leave the device and are stored.</summary>
    [Parameter]
    public VectorPrecision Precision { get; set; } = VectorPrecision.Float32;

    /// <summary>The precision that the encoder computes in.</summary>
    [Parameter]
    public ModelPrecision ModelPrecision { get; set; } = ModelPrecision.Float32;

    /// <summary>
    /// Where vectors are stored: a folder or a DuckDB file, which are made if they do not exist, s3://bucket/prefix, or postgresql://host/database.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>The form in which they are stored; without it, what suits the destination.</summary>
    [Parameter]
    public VectorFormat Format { get; set; }

    /// <summary>The table in a database.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Table { get; set; } = VectorDestination.DefaultTable;

    /// <summary>The user of a PostgreSQL server; without it, what the destination and the environment say.</summary>
    [Parameter]
    [Credential]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>Stores each text beside its vector.</summary>
    [Parameter]
    public SwitchParameter StoreText { get; set; }

    /// <summary>Puts the vectors into the objects that come out too.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Batches that are sorted by length together, so that little is padded; 1 computes sequences in the order in which they come.</summary>
    [Parameter]
    [ValidateRange(1, 100_000)]
    public int Window { get; set; } = EmbeddingOptions.DefaultWindow;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        BeginRun();
        _content = ContentOfParameters();
        _options = Do(() => BuildOptions(_content));
        DescribeRun();
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case InputSet:
                AddPiped();
                break;
            case TextSet:
                AddTexts();
                break;
            case FileSet:
                AddFiles(SequencePath, isLiteral: false, RunContent.Texts);
                break;
            case PathSet:
                AddFiles(Path, isLiteral: false, RunContent.Pictures);
                break;
            case LiteralPathSet:
                AddFiles(LiteralPath, isLiteral: true);
                break;
            default:
                AddSynthetic();
                break;
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => FinishRun(() => _run!.TryCompleteInput());
}
