/** The last part of an image's name, without registry, owner, tag and digest: `postgres` for `docker.io/library/postgres:17`. */
export const plainImageName = (reference: string): string => (reference.split('/').at(-1) ?? '').split(/[:@]/)[0] ?? ''

// Those of Docker's own library that a Compose project may name.
const OFFICIAL =
  /^(adminer|aerospike|alpine|amazonlinux|arangodb|bash|busybox|caddy|cassandra|chronograf|clickhouse|clojure|composer|consul|couchbase|couchdb|crate|dart|debian|docker|drupal|eclipse-mosquitto|eclipse-temurin|elasticsearch|elixir|erlang|fedora|flink|fluentd|gcc|ghost|golang|gradle|groovy|haproxy|haskell|hello-world|httpd|influxdb|jetty|joomla|jruby|julia|kapacitor|kibana|kong|liquibase|logstash|mariadb|matomo|maven|mediawiki|memcached|mongo|mongo-express|monica|mysql|nats|neo4j|neurodebian|nextcloud|nginx|node|odoo|open-liberty|openjdk|orientdb|percona|perl|php|phpmyadmin|plone|postfixadmin|postgres|pypy|python|r-base|rabbitmq|redis|redmine|registry|rethinkdb|rocket\.chat|rockylinux|ruby|rust|sapmachine|solr|sonarqube|spark|storm|swift|telegraf|tomcat|tomee|traefik|ubuntu|unit|varnish|vault|wordpress|xwiki|yourls|znc|zookeeper)$/

export const isOfficial = (reference: string): boolean =>
  OFFICIAL.test(plainImageName(reference)) && /^(docker\.io\/)?(library\/)?[^/]+$/.test(reference)

/** Whether a name leads to no registry: it has no owner, and Docker's own library has no such image. */
export const isLocalName = (reference: string): boolean => !/[/@]/.test(reference) && !isOfficial(reference)

/** Whether a name has capital letters before its tag: no image can be called so. */
export const isCapital = (reference: string): boolean => /[A-Z]/.test(reference.replace(/[:@][^/]*$/, ''))
