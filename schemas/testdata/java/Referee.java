import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/** Answers each line {"writer", "reader", "value"} with what Avro's Java library makes of it. Values are base64. */
public class Referee {
  public static void main(String[] args) throws Exception {
    ObjectMapper json = new ObjectMapper();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    PrintStream out = new PrintStream(System.out, true, "UTF-8");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      ObjectNode ask = (ObjectNode) json.readTree(line);
      ObjectNode answer = json.createObjectNode();
      try {
        Schema writer = new Schema.Parser().parse(ask.get("writer").asText());
        Schema reader = new Schema.Parser().parse(ask.get("reader").asText());
        SchemaCompatibility.SchemaCompatibilityResult result =
            SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getResult();
        answer.put("compatible", result.getCompatibility() == SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE);
        answer.put("why", result.getIncompatibilities().toString());
        GenericDatumReader<Object> datums = new GenericDatumReader<>(writer, reader);
        Object value = datums.read(null, DecoderFactory.get().binaryDecoder(ask.get("value").binaryValue(), null));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new GenericDatumWriter<Object>(reader).write(value, encoder);
        encoder.flush();
        answer.put("value", bytes.toByteArray());
      } catch (Exception | StackOverflowError e) {
        answer.put("error", e.toString());
      }
      out.println(json.writeValueAsString(answer));
    }
  }
}
