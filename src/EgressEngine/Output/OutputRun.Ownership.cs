using Egress.Output.Journal;

namespace Egress.Output;

/// <content>Whose a file is: the item's own, another item's, an input, or of nobody who is known.</content>
public sealed partial class OutputRun
{
    /// <summary>
    /// Sees to it that what is about to be written replaces nothing but the item's own: not what was committed for another item, nor a file
    /// that is older than the journal, which is the user's. A run that is to replace what is there spares the input's own folder, where
    /// such a file may be an input too.
    /// </summary>
    private void RequireOwn(OutputTicket ticket, string target, CommittedUnit? own)
    {
        foreach (var name in ticket.Names.Where(name => own?.Files.Any(file => file.Name == name) != true))
        {
            if (_recorded.IsOfAnother(name, ticket.Item))
            {
                throw new ItemException(
                    EgressErrorId.OutputNameCollision,
                    EgressErrorCategory.InvalidArgument,
                    $"The output of '{target}' would be '{Store.Locate(name)}', which an earlier run has made of another input.",
                    "Inputs whose outputs have one name need destinations of their own: run once for each of them.",
                    target);
            }

            var isInput = NameOf(target) is { } input && Path.GetDirectoryName(input) == Path.GetDirectoryName(name);
            if (ReplacesAll ? !isInput : name == ticket.Names[0])
            {
                continue;
            }

            if (Store.Find(name) is { } file && (ReplacesAll || file.ModifiedUtc < _created))
            {
                throw new ItemException(
                    isInput ? EgressErrorId.OutputReplacesInput : EgressErrorId.OutputNameCollision,
                    EgressErrorCategory.ResourceExists,
                    $"The output of '{target}' would replace '{Store.Locate(name)}', which no run has made.",
                    isInput ? "Name a folder other than the input's with -Destination." : "Move that file away, name another folder with -Destination, or replace it with -Force.",
                    target);
            }
        }
    }

    /// <summary>The name that a file of the destination has in it; null for a file elsewhere.</summary>
    private string? NameOf(string path)
    {
        var folder = Store.Location.EndsWith('/') ? Store.Location : Store.Location + "/";
        return path.StartsWith(folder, StringComparison.Ordinal) ? path[folder.Length..] : null;
    }

    /// <summary>Whether the input is another one than the output was made from.</summary>
    private static bool HasChanged(OutputTicket ticket, CommittedUnit unit, string target)
    {
        var before = unit.Items.First(item => item.Key == ticket.Item).Source;
        if (before is null || ticket.Source is not { } now || before with { Path = now.Path } == now)
        {
            // The same input on another machine may have another path.
            return false;
        }

        if (before.Bytes == now.Bytes && (before.ModifiedUtc is null || now.ModifiedUtc is null))
        {
            return false;
        }

        if (before.Path == now.Path)
        {
            return true;
        }

        if (before.Bytes == now.Bytes)
        {
            // It may be a copy. Where what it was copied from is gone, nothing of that is lost if it is done again.
            if (!File.Exists(before.Path))
            {
                return true;
            }

            if (AreEqual(before.Path, now.Path))
            {
                return false;
            }
        }

        throw new ItemException(
            EgressErrorId.OutputNameCollision,
            EgressErrorCategory.InvalidArgument,
            $"The output of '{target}' would be '{ticket.Location}', which an earlier run has made from '{before.Path}'.",
            "Inputs with the same name need destinations of their own: run once for each input folder.",
            target);
    }

    private static bool AreEqual(string path, string other)
    {
        try
        {
            using var one = File.OpenRead(path);
            using var two = File.OpenRead(other);
            return Crc32C.Of(one).Checksum == Crc32C.Of(two).Checksum;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
