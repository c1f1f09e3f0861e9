using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Egress.Output.Stores;

namespace Egress.Output.Journal;

/// <summary>
/// The lines of a journal: JSON objects, one a line, whose last property <c>check</c> is the CRC-32C of all bytes before it. A line
/// that does not fit its check counts as not written.
/// </summary>
/// <remarks>
/// <c>run</c>: a run begins, with its process and settings, and the time when the destination got its first journal. <c>commit</c>: a unit is in place. <c>durable</c>: everything in the
/// journal before this offset has reached the disk. <c>removal</c>: a unit's files were removed, and its items are no longer there. <c>end</c>: the run has ended by itself, not been killed;
/// a resumed one says which damaged lines of which journals count as mended.
/// </remarks>
internal static class JournalLine
{
    public const int Version = 1;
    private static readonly JsonWriterOptions s_options = new() { SkipValidation = true };

    private static ReadOnlySpan<byte> CheckStart => ",\"check\":\""u8;

    private static ReadOnlySpan<byte> CheckEnd => "\"}"u8;

    public static byte[] Run(RunOwner owner, RunSettings settings, DateTime created) => Line("run", json =>
    {
        json.WriteNumber("version", Version);
        json.WriteString("id", owner.RunId);
        json.WriteString("started", owner.StartedUtc);
        json.WriteString("created", created);
        json.WriteNumber("process", owner.ProcessId);
        json.WriteString("host", owner.Host);
        json.WriteString("user", owner.User);
        json.WriteString("settings", settings.Id);
        json.WriteStartObject("values");
        foreach (var (name, value) in settings.Values)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
    });

    public static byte[] Commit(CommittedUnit unit) => Line("commit", json =>
    {
        json.WriteString("settings", unit.SettingsId);
        json.WriteStartArray("items");
        foreach (var item in unit.Items)
        {
            json.WriteStartObject();
            json.WriteString("key", item.Key);
            if (item.Source is { } source)
            {
                json.WriteString("source", source.Path);
                json.WriteNumber("sourceBytes", source.Bytes);
                if (source.ModifiedUtc is { } modified)
                {
                    json.WriteString("sourceModified", modified);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("files");
        foreach (var file in unit.Files)
        {
            json.WriteStartObject();
            json.WriteString("name", file.Name);
            json.WriteNumber("bytes", file.Bytes);
            json.WriteString("crc32c", file.Checksum.ToString("x8", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (unit.Notes.Count > 0)
        {
            json.WriteStartObject("notes");
            foreach (var (name, value) in unit.Notes)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }
    });

    public static byte[] Removal(CommittedUnit unit) => Line("removal", json =>
    {
        WriteNames(json, "items", unit.Items.Select(item => item.Key));
        WriteNames(json, "files", unit.Files.Select(file => file.Name));
    });

    public static byte[] Durable(long offset) => Line("durable", json => json.WriteNumber("before", offset));

    /// <param name="runId">The run.</param>
    /// <param name="mended">Of each scope, how many of its journal's lines are damaged and what they said was done again or is not there.</param>
    public static byte[] End(string runId, IReadOnlyDictionary<string, long> mended) => Line("end", json =>
    {
        json.WriteString("id", runId);
        if (mended.Count > 0)
        {
            json.WriteStartObject("mended");
            foreach (var (scope, lines) in mended)
            {
                json.WriteNumber(scope, lines);
            }

            json.WriteEndObject();
        }
    });

    /// <summary>The damage that was mended by an end's line, by scope.</summary>
    public static IEnumerable<(string Scope, long Lines)> ReadMended(JsonElement end) =>
        end.TryGetProperty("mended", out var mended) ? mended.EnumerateObject().Select(scope => (scope.Name, scope.Value.GetInt64())) : [];

    /// <summary>Reads a line, without its line feed; null where it is damaged.</summary>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> line)
    {
        var span = line.Span;
        var check = span.Length - CheckStart.Length - CheckEnd.Length - 8;
        if (check < 0 || !span[check..].StartsWith(CheckStart) || !span.EndsWith(CheckEnd)
            || !uint.TryParse(span.Slice(check + CheckStart.Length, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var sum)
            || sum != Crc32C.Of(span[..check]))
        {
            return null;
        }

        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The commit in a line of that kind.</summary>
    public static CommittedUnit ReadCommit(JsonElement commit) => new()
    {
        SettingsId = commit.GetProperty("settings").GetString()!,
        Items = [.. commit.GetProperty("items").EnumerateArray().Select(item => new CommittedItem(
            item.GetProperty("key").GetString()!,
            item.TryGetProperty("source", out var source)
                ? new OutputSource(
                    source.GetString()!,
                    item.GetProperty("sourceBytes").GetInt64(),
                    item.TryGetProperty("sourceModified", out var modified) ? modified.GetDateTime() : null)
                : null))],
        Files = [.. commit.GetProperty("files").EnumerateArray().Select(file => new CommittedFile(
            file.GetProperty("name").GetString()!,
            file.GetProperty("bytes").GetInt64(),
            uint.Parse(file.GetProperty("crc32c").GetString()!, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)))],
        Notes = commit.TryGetProperty("notes", out var notes)
            ? notes.EnumerateObject().ToDictionary(note => note.Name, note => note.Value.GetString()!)
            : new Dictionary<string, string>(),
    };

    /// <summary>The items and files in a removal's line.</summary>
    public static (IEnumerable<string> Items, IEnumerable<string> Files) ReadRemoval(JsonElement removal) =>
        (ReadNames(removal, "items"), ReadNames(removal, "files"));

    /// <summary>The settings in a run's line.</summary>
    public static RunSettings ReadSettings(JsonElement run) => new(run.GetProperty("values").EnumerateObject()
        .Select(value => KeyValuePair.Create(value.Name, value.Value.GetString()!)));

    private static void WriteNames(Utf8JsonWriter json, string property, IEnumerable<string> names)
    {
        json.WriteStartArray(property);
        foreach (var name in names)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }

    private static IEnumerable<string> ReadNames(JsonElement line, string property) =>
        line.GetProperty(property).EnumerateArray().Select(name => name.GetString()!);

    private static byte[] Line(string kind, Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            json.WriteStartObject(kind);
            content(json);
            json.WriteEndObject();
            json.Flush();
            var check = Crc32C.Of(buffer.WrittenSpan);
            json.WriteString("check", check.ToString("x8", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
