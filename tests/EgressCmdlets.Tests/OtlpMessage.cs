using Google.Protobuf;

namespace Egress.Cmdlets.Tests;

/// <summary>
/// A protobuf message, its fields by number as the wire has them: enough to read what OpenTelemetry's proto files define, whose field
/// numbers never change.
/// </summary>
internal sealed class OtlpMessage
{
    private readonly List<(int Field, object Value)> _fields = [];

    public OtlpMessage(ByteString bytes)
    {
        var input = bytes.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            _fields.Add((WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => input.ReadUInt64(),
                WireFormat.WireType.Fixed64 => input.ReadFixed64(),
                WireFormat.WireType.Fixed32 => (ulong)input.ReadFixed32(),
                _ => input.ReadBytes(),
            }));
        }
    }

    /// <summary>The messages of a field.</summary>
    public IEnumerable<OtlpMessage> Messages(int field) => Values<ByteString>(field).Select(bytes => new OtlpMessage(bytes));

    /// <summary>The messages of a field of a field, and so on.</summary>
    public IEnumerable<OtlpMessage> Path(params int[] fields) =>
        fields.Aggregate<int, IEnumerable<OtlpMessage>>([this], (messages, field) => messages.SelectMany(message => message.Messages(field)));

    public string Text(int field) => Values<ByteString>(field).FirstOrDefault()?.ToStringUtf8() ?? "";

    public string Hex(int field) => Convert.ToHexStringLower(Values<ByteString>(field).FirstOrDefault()?.ToByteArray() ?? []);

    public ulong Number(int field) => Values<ulong>(field).FirstOrDefault();

    public bool Has(int field) => _fields.Any(entry => entry.Field == field);

    /// <summary>Attributes (KeyValue messages) in a field: strings, integers and booleans as text.</summary>
    public IReadOnlyDictionary<string, string> Attributes(int field) => Messages(field).ToDictionary(
        pair => pair.Text(1),
        pair => pair.Messages(2).Select(value => value.Has(1) ? value.Text(1) : value.Number(value.Has(2) ? 2 : 3).ToString(null as IFormatProvider)).First());

    private IEnumerable<T> Values<T>(int field) => _fields.Where(entry => entry.Field == field).Select(entry => (T)entry.Value);
}
