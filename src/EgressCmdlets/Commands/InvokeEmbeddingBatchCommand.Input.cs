using System.Globalization;
using Egress.Backend;
using Egress.Cmdlets.Support;
using Egress.Embedding;
using Egress.Input;

namespace Egress.Cmdlets.Commands;

/// <content>What goes in: texts, files and whatever the pipeline brings.</content>
public sealed partial class InvokeEmbeddingBatchCommand
{
    /// <summary>What a run is of; null until the pipeline's first object says it.</summary>
    private RunContent? _content;

    private enum RunContent
    {
        Texts,
        Pictures,
        Synthetic,
    }

    private RunContent? ContentOfParameters() => ParameterSetName switch
    {
        _ when MyInvocation.ExpectingInput => null,
        PathSet => RunContent.Pictures,
        LiteralPathSet => ContentOf(LiteralPath[0]),
        SyntheticSet => RunContent.Synthetic,
        _ => RunContent.Texts,
    };

    private static RunContent ContentOf(string file) => SequenceFile.Reads(file) ? RunContent.Texts : RunContent.Pictures;

    private void AddPiped()
    {
        var input = PipedInput.Read(InputObject);
        if (Id.Length > 1)
        {
            Fail(Contradiction($"-Id names {Id.Length} ids for one object.", "Give the objects a property Id, or name the texts with -Text.", Id));
        }

        var id = Id.Length > 0 ? Id[0] : input.Id;
        if (input.Error is { } error)
        {
            AddFailed(id ?? "an object of the pipeline", error);
        }
        else if (input.Text is { } text)
        {
            AddText(id, text, id ?? text);
        }
        else
        {
            AddFiles(input.SequencePaths, isLiteral: false, RunContent.Texts, id);
            AddFiles(input.LiteralPaths, isLiteral: true, null, id);
        }
    }

    private void AddTexts()
    {
        if (Id.Length > 0 && Id.Length != Text.Length)
        {
            Fail(Contradiction($"There are {Text.Length} texts and {Id.Length} ids.", "Name an id for each text with -Id, or none.", Id));
        }

        for (var i = 0; i < Text.Length; i++)
        {
            AddText(Id.Length > 0 ? Id[i] : null, Text[i], Id.Length > 0 ? Id[i] : Text[i]);
        }
    }

    /// <summary>Adds a sequence, or its error.</summary>
    /// <param name="id">Its id; null for one that is made of the text.</param>
    /// <param name="text">Its text; null where it has none.</param>
    /// <param name="place">What errors call it.</param>
    private void AddText(string? id, string? text, string place)
    {
        var problem = id is null ? null : SequenceKeys.Problem(id, place);
        problem ??= text is null
            ? new ItemException(EgressErrorId.SequenceInvalid, EgressErrorCategory.InvalidData, $"'{place}' has no text.", "Give each sequence a text, if only an empty one.", place)
            : Settle(RunContent.Texts, place);
        if (problem is not null)
        {
            AddFailed(place, problem);
        }
        else if ((Shard.IsWhole || IsOwn(id ?? SequenceKeys.IdOf(text!))) && Allows())
        {
            Add(run => run.TryAddText(id, text!));
        }
    }

    /// <summary>Adds files.</summary>
    /// <param name="names">What names them.</param>
    /// <param name="isLiteral">Whether wildcard characters are part of the names.</param>
    /// <param name="content">What they hold; null where their names say it.</param>
    /// <param name="id">The id that was given with them, or null.</param>
    private void AddFiles(IEnumerable<string> names, bool isLiteral, RunContent? content = null, string? id = null)
    {
        foreach (var name in names)
        {
            foreach (var (file, error) in PictureFiles.Resolve(SessionState.Path, name, isLiteral, content == RunContent.Texts))
            {
                if (error is not null)
                {
                    AddFailed(file, error);
                }
                else if ((content ?? ContentOf(file)) == RunContent.Texts)
                {
                    AddRows(file, FileSystemPath.NameOf(SessionState.Path, name, file), id);
                }
                else
                {
                    AddPicture(file, id ?? FileSystemPath.NameOf(SessionState.Path, name, file));
                }
            }
        }
    }

    private void AddRows(string file, string name, string? id)
    {
        if (id is not null)
        {
            AddFailed(file, new ItemException(
                EgressErrorId.SequenceInvalid, EgressErrorCategory.InvalidArgument, $"'{file}' has many sequences and was given one id, '{id}'.",
                "Name the column or property with their ids with -IdColumn.", file));
            return;
        }

        using var rows = Rows(file).GetEnumerator();
        while (TryRead(rows, file))
        {
            var (row, error) = rows.Current;
            var place = string.Create(CultureInfo.InvariantCulture, $"{name}:{row.Place}");
            if (error is not null)
            {
                AddFailed(place, error);
            }
            else
            {
                AddText(row.Id ?? place, row.Text, place);
            }
        }
    }

    /// <summary>A file's rows. Even what its name says is only looked at with the first one, so that whatever fails fails there.</summary>
    private IEnumerable<(SequenceRow Row, ItemException? Error)> Rows(string file)
    {
        foreach (var row in SequenceFile.Read(file, TextColumn, IdColumn, BackendLoader.Load))
        {
            yield return row;
        }
    }

    /// <summary>Reads a file's next row. Where the rest of the file is lost, the other files are not.</summary>
    private bool TryRead(IEnumerator<(SequenceRow Row, ItemException? Error)> rows, string file)
    {
        var (isThere, failure) = Do(() =>
        {
            try
            {
                return (rows.MoveNext(), (EgressException?)null);
            }
            catch (EgressException error)
            {
                return (false, error);
            }
        });
        if (failure is not null)
        {
            AddFailed(file, failure);
        }

        return isThere;
    }

    private void AddPicture(string file, string id)
    {
        if ((SequenceKeys.Problem(id, file) ?? Settle(RunContent.Pictures, file)) is { } problem)
        {
            AddFailed(file, problem);
        }
        else if (IsOwn(id) && Allows())
        {
            Add(run => run.TryAddPicture(id, file));
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

    /// <summary>Decides with the pipeline's first input what the run is of, and gives the error of one that is of another kind.</summary>
    private ItemException? Settle(RunContent content, string target)
    {
        if (_content is null)
        {
            _options = Do(() => BuildOptions(content));
            _content = content;
        }

        return _content == content
            ? null
            : new ItemException(
                EgressErrorId.SequenceInvalid, EgressErrorCategory.InvalidArgument,
                $"'{target}' is {(content == RunContent.Pictures ? "a picture" : "a text")}, and this run is of {ItemName}.",
                "Run texts and pictures apart, each with an encoder of their own.", target);
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
