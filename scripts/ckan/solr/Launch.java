import org.apache.solr.embedded.JettyConfig;
import org.apache.solr.embedded.JettySolrRunner;

/** Runs Solr on 127.0.0.1 until it is told to end. Arguments: the folder of the cores, the port. */
public class Launch {
  public static void main(String[] arguments) throws Exception {
    var config = new JettyConfig.Builder().setContext("/solr").setPort(Integer.parseInt(arguments[1])).useOnlyHttp1(true).build();
    var solr = new JettySolrRunner(arguments[0], config);
    solr.start();
    Thread.currentThread().join();
  }
}
