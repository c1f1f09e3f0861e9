using System.Globalization;
using System.Management.Automation;
using Egress.Backend;
using Egress.Cmdlets.Completion;
using Egress.Cmdlets.Support;
using Egress.Embedding;
using Egress.Input;
using Egress.Models;
using Egress.Models.Programs;
using Egress.Vectors;

namespace Egress.Cmdlets.Commands;

/// <summary>
/// <para>Runs an encoder over sequences or pictures and stores their vectors, a batch at a time. Work starts as sequences arrive; one object
/// a batch streams out as its vectors are committed.</para>
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "EmbeddingBatch", DefaultParameterSetName = TextSet, SupportsShouldProcess = true)]
[OutputType(typeof(EmbeddingBatchResult))]
public sealed partial class InvokeEmbeddingBatchCommand : RunCommand
{
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

    /// <summary>A sequence: a text, or the property Text of an object.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = TextSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string Text { get; set; } = "";

    /// <summary>The sequence's id, by which its vector is stored; without one, 16 digits of a hash of the text.</summary>
    [Parameter(ParameterSetName = TextSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Id { get; set; }

    /// <summary>Files with sequences: .txt with one a line, .jsonl, .csv or .parquet; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FileSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] SequencePath { get; set; } = [];

    /// <summary>The column or property with the texts.</summary>
    [Parameter(ParameterSetName = FileSet)]
    [ValidateNotNullOrEmpty]
    public string TextColumn { get; set; } = "text";

    /// <summary>The column or property with the ids; without it they are the file's name and the row: notes.csv:17.</summary>
    [Parameter(ParameterSetName = FileSet)]
    [ValidateNotNullOrEmpty]
    public string? IdColumn { get; set; }

    /// <summary>Picture files, for a program that is an image encoder; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Picture files, the names taken as they are.</summary>
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

    private bool IsText => ParameterSetName is TextSet or FileSet;

    private bool IsPictures => ParameterSetName is PathSet or LiteralPathSet;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        BeginRun();
        _options = Do(BuildOptions);
        DescribeRun();
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case TextSet:
                AddText(Id, Text, Id ?? Text);
                break;
            case FileSet:
                AddFiles();
                break;
            case SyntheticSet:
                AddSynthetic();
                break;
            default:
                AddPictures();
                break;
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => FinishRun(() => _run!.TryCompleteInput());

    private void AddText(string? id, string? text, string target)
    {
        var problem = id is null ? null : SequenceKeys.Problem(id);
        problem ??= text is null
            ? new ItemException(EgressErrorId.SequenceInvalid, EgressErrorCategory.InvalidData, $"'{target}' has no text.", "Give each sequence a text, if only an empty one.", target)
            : null;
        if (problem is not null)
        {
            AddFailed(id ?? target, problem);
        }
        else if ((Shard.IsWhole || IsOwn(id ?? SequenceKeys.IdOf(text!))) && Allows())
        {
            Add(run => run.TryAddText(id, text!));
        }
    }

    private void AddFiles()
    {
        foreach (var (file, error) in SequencePath.SelectMany(path => PictureFiles.Resolve(SessionState.Path, path, literal: false)))
        {
            if (error is not null)
            {
                AddFailed(file, error);
                continue;
            }

            try
            {
                foreach (var (row, rowError) in SequenceFile.Read(file, TextColumn, IdColumn, BackendLoader.Load))
                {
                    var place = string.Create(CultureInfo.InvariantCulture, $"{System.IO.Path.GetFileName(file)}:{row.Place}");
                    if (rowError is not null)
                    {
                        AddFailed(place, rowError);
                    }
                    else
                    {
                        AddText(row.Id ?? place, row.Text, place);
                    }
                }
            }
            catch (EgressException failure)
            {
                // The rest of this file is lost; the other files are not.
                AddFailed(file, failure);
            }
        }
    }

    private void AddPictures()
    {
        var literal = ParameterSetName == LiteralPathSet;
        foreach (var (file, error) in (literal ? LiteralPath : Path).SelectMany(path => PictureFiles.Resolve(SessionState.Path, path, literal)))
        {
            var id = System.IO.Path.GetFileName(file);
            if (error is not null)
            {
                AddFailed(file, error);
            }
            else if (IsOwn(id) && Allows())
            {
                Add(run => run.TryAddPicture(id, file));
            }
        }
    }

    private void AddSynthetic()
    {
        if (!Allows())
        {
            return;
        }

        StartRun();
        Expect(Synthetic);
        for (long index = 0; index < Synthetic; index++)
        {
            if (IsOwn(SyntheticName.Of(index)))
            {
                var own = index;
                Add(run => run.TryAddSynthetic(own));
            }
        }
    }

    /// <summary>Asks once a run: of millions of sequences nobody answers for each.</summary>
    private bool Allows() => _isAllowed ??=
        _options.Destination is null || ShouldProcess(_options.Destination.ToString(), $"Store the vectors of {ItemName}");

    /// <summary>One that failed before it got to the run has its turn among the others, or its error at once where nothing runs yet.</summary>
    private void AddFailed(string id, EgressException error)
    {
        if (_run is null)
        {
            Watch?.FailedSequence(id, error);
            WriteError(ErrorRecords.From(error));
        }
        else
        {
            Add(run => run.TryAddFailed(id, error));
        }
    }

    private void Add(Func<EmbeddingRun, bool> offer)
    {
        var run = StartRun();
        Submit(() => offer(run));
    }
}
